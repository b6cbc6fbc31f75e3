export default Object.freeze(globalThis.lst.host({ config: true }));
