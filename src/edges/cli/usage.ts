/** A command was called in a way it does not take: the message says how. */
export class Usage extends Error {}
