export default globalThis.TextDecoder;
