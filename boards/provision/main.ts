import Serial from "embedded:io/serial";
import { Provisioning } from "lightweight-secure-tcp/firmware/provisioning";
import config from "mc/config";

// Takes a handshake key over the serial line, from `lst provision`, and keeps it in NVS. Build it without debugging: the
// debugger would occupy the line.
const provisioning = new Provisioning((line) => {
	try {
		serial.write(ArrayBuffer.fromString(`${line}\n`));
	} catch {
		// The line takes no more for now: whoever asked can ask again.
	}
});
const serial = new Serial({
	...config.serial,
	baud: 115_200,
	format: "buffer",
	onReadable() {
		const octets = this.read() as ArrayBuffer | undefined;
		if (octets) provisioning.receive(new Uint8Array(octets));
	},
});
