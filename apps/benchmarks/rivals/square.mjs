/** The task, as tinypool and piscina want it. */
export default (number) => number * number;
