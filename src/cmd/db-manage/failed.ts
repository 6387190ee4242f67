/** How a verb ends that does not do what was asked: in words, and with upstream's exit code. */
import { CliError } from '#cli/errors.ts'

/** What was asked cannot be done: `FAILED: …` on standard output. Source: alembic.util.err, which exits with -1. */
export class Failed extends CliError {
  override name = 'Failed'

  constructor(message: string) {
    super(message, 255)
  }
}

/** What was asked makes no sense: the message alone, on standard error. */
export class Refused extends CliError {
  override name = 'Refused'
}
