/** How long `--wait` waits, and what it exits with when that was too short. */
export const WAIT_SECONDS = 300
/** As timeout(1) has it: nothing failed, it is only not there yet. */
export const TIMED_OUT = 124
