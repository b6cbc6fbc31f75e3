const { host, receive } = globalThis.lst;
const RADIO = -1;

/** The SDK's Wi-Fi interface over a radio that the host simulates. */
export default class WiFi {
	connection = 0;
	address;

	constructor({ onChanged }) {
		receive(RADIO, (_event, { connection, address }) => {
			this.connection = connection;
			this.address = address;
			onChanged?.call(this, "connection");
		});
	}

	connect(options) {
		if (host({ wifi: options }) === false) throw new Error("already connecting");
	}
}
