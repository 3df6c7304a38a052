/** Tells the time as epoch milliseconds. Everything that needs the time takes one, so that tests can hold it. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
