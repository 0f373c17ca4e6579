import { canBecomeApplication, inspectApplicationLogin, type LoginProblem } from '#db/preflight.ts';
import type { Config } from '../config.ts';
import { StartError } from './start-error.ts';

const LOGIN_PROBLEMS: Record<LoginProblem, string> = {
  other_role:
    'DATABASE_APPLICATION_URL signs in as a role that is not called anvil_app. Set it to the login anvil_app.',
  row_security_off:
    'Row security, which keeps organisations apart, does not hold for the login of DATABASE_APPLICATION_URL. ' +
    'Take away its superuser and BYPASSRLS rights, and its membership in the role that owns the tables.',
  read_only:
    'The login of DATABASE_APPLICATION_URL can only read. Set its default_transaction_read_only to off, ' +
    'or give it a role that can write.',
};

/** `postgres://…` of the application role's own login; undefined where the owner switches to that role. */
export const applicationUrlOf = ({ database }: Config): string | undefined =>
  database.kind === 'url' ? database.applicationUrl : undefined;

/**
 * Checks after the migrations that the services can work as the application role, and that row security holds for it.
 *
 * @throws StartError
 */
export async function assertApplicationRole(config: Config, directUrl: string): Promise<void> {
  const url = applicationUrlOf(config);
  if (url === undefined) {
    if (await canBecomeApplication(directUrl)) return;
    throw new StartError(
      "The role of DATABASE_URL can't become anvil_app. " +
        'Grant anvil_app to it, or set DATABASE_APPLICATION_URL to the login anvil_app.',
    );
  }
  const problem = await inspectApplicationLogin(url);
  if (problem) throw new StartError(LOGIN_PROBLEMS[problem]);
}
