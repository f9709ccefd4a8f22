/** The only door to the time: everything else is handed an instant, so that a test can say what day it is. */
export type Clock = () => Date

export const systemClock: Clock = () => new Date()
