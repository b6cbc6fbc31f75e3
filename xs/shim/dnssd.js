const { host, receive, forget } = globalThis.lst;

function handle(request, receiver) {
	const id = host(request);
	receive(id, receiver);
	return {
		close() {
			forget(id);
			host({ dnssd: "close", id });
		},
	};
}

/** The SDK's DNSSD, which knows one type of service here, over the host's network. */
export default class DNSSD {
	claim({ host: name, onReady, onError }) {
		return handle({ dnssd: "claim", name }, (event) => (event === "ready" ? onReady?.() : onError?.()));
	}

	advertise({ host: name, port, txt }) {
		const id = host({ dnssd: "advertise", name, port, key: txt.key });
		return { updateTXT: (txt) => host({ dnssd: "update", id, key: txt.key }) };
	}

	discover({ onFound }) {
		return handle({ dnssd: "discover" }, (_event, { keyIds, ...service }) =>
			onFound?.({ ...service, txt: new Map([["key", keyIds.join(",")]]) }),
		);
	}
}
