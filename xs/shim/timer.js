const { host, receive, forget } = globalThis.lst;

/** The SDK's Timer: one that repeats keeps its interval. */
export default class Timer {
	#id;

	static set(callback, interval = 0, repeat) {
		const timer = new Timer();
		timer.#start(callback, interval, repeat);
		return timer;
	}

	static repeat(callback, interval) {
		return Timer.set(callback, interval, interval);
	}

	static clear(timer) {
		timer?.#stop();
	}

	#start(callback, interval, repeat) {
		const id = host({ timer: "set", interval, repeat: repeat ?? null });
		this.#id = id;
		receive(id, () => {
			if (repeat === undefined) forget(id);
			callback(this);
		});
	}

	#stop() {
		host({ timer: "clear", id: this.#id });
		forget(this.#id);
	}
}
