/** Descriptors that a launched program has beside stdin, stdout and stderr. */

/** The wrapper reports here that the sandbox stands. */
export const READY_FD = 3;
/** bubblewrap reports here the pid of the first process inside. */
export const INFO_FD = 4;
/** The first of those that the program reads texts from. */
export const FIRST_INPUT_FD = 5;
/** Texts that level `bubblewrap` reads: its arguments, `passwd`, `group`. */
export const BUBBLEWRAP_INPUTS = 3;
