import { messageOf } from "lightweight-secure-tcp/core/errors";
import { readConfig } from "lightweight-secure-tcp/firmware/config";
import { Device } from "lightweight-secure-tcp/firmware/device";
import { loadKey } from "lightweight-secure-tcp/firmware/keys";
import { chooseProfile } from "lightweight-secure-tcp/firmware/profile";
import { showStatus } from "lightweight-secure-tcp/firmware/screen";
import { Status } from "lightweight-secure-tcp/firmware/status";
import { joinWiFi } from "lightweight-secure-tcp/firmware/wifi";

function main(): void {
	const config = readConfig();
	const status = new Status(config);
	showStatus(status);
	/** Shows what stops the device, even if that happens in a callback of the platform. */
	const attempt = (action: () => void) => {
		try {
			action();
		} catch (error) {
			status.fail(messageOf(error));
		}
	};
	attempt(() => {
		const { key, from } = loadKey(config.key);
		status.keyId = key.id;
		status.tell(`key ${key.id} from ${from}`);
		const device = new Device(config, key, chooseProfile(config), status);
		joinWiFi(config, {
			up(address) {
				status.wifi = address;
				status.tell(`network up, ${address}`);
				attempt(() => device.start());
			},
			down(why, delay) {
				status.wifi = "down";
				device.networkDown();
				status.fail(delay ? `${why}; trying again in ${delay} ms` : why);
			},
		});
	});
}

try {
	main();
} catch (error) {
	// The config itself is wrong, so there is no status to show it yet.
	trace(`failed: ${messageOf(error)}\n`);
}
