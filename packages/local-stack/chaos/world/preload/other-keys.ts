/** Loaded before a service: what it would ask Google for its keys, it asks a server of the test. */
const own = process.env["KEYS_URL"] ?? "";
const realFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  return realFetch(url === "https://www.googleapis.com/oauth2/v3/certs" ? own : input, init);
};
