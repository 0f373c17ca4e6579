import { pino, type DestinationStream, type Logger } from 'pino';

/** What may hold a secret or a customer's text, at the top of a log entry or one level down. */
const SECRET_FIELDS = [
  'authorization',
  'config',
  'content',
  'cookie',
  'messages',
  'password',
  'secret',
  'set_up_code',
  'template',
  'text',
  'token',
  'values',
];

const ERROR_LEVEL = pino.levels.values.error ?? 50;

function hasError(about: unknown): about is { err: Error } {
  return typeof about === 'object' && about !== null && 'err' in about && about.err instanceof Error;
}

/** Fastify gives each request a logger that carries its id. */
function requestOf(log: Logger): string | undefined {
  const { reqId } = log.bindings() as { reqId?: string };
  return reqId;
}

/**
 * The log: one JSON object a line. Requests are logged without headers, query and body, errors without what a
 * database's message quotes; whatever else carries one of the known names is blanked out.
 *
 * @param destination for tests; stdout otherwise
 * @param onError told of whatever is logged as an error, with the id of the request it happened in
 */
export function createLogger(
  level: string,
  destination?: DestinationStream,
  onError?: (error: Error, requestId: string | undefined) => void,
): Logger {
  return pino(
    {
      level,
      hooks: {
        logMethod(args, method, number) {
          const [about] = args as unknown[];
          if (number >= ERROR_LEVEL && hasError(about)) onError?.(about.err, requestOf(this));
          method.apply(this, args);
        },
      },
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
      serializers: { err: describeError, req: () => undefined, res: () => undefined },
    },
    destination as DestinationStream,
  );
}

interface LoggedError {
  type: string;
  message: string;
  stack: string | undefined;
  code?: string;
  reason?: string;
  constraint?: string;
  cause?: LoggedError;
}

/**
 * An error by its name, message, stack and causes, without the properties it carries (an AppError's `data` holds
 * templates, a database error's `detail` the values of a row).
 */
export function describeError(thrown: unknown): LoggedError {
  if (!(thrown instanceof Error))
    return { type: typeof thrown, message: 'Something that is no Error was thrown', stack: undefined };
  const { name, cause, code, reason, constraint } = thrown as Error &
    Record<'code' | 'reason' | 'constraint', unknown>;
  const message = withoutStatement(thrown);
  return {
    type: name,
    message,
    stack: thrown.stack?.replace(thrown.message, message),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}

/** knex puts the whole statement with its values before the database's own words. */
function withoutStatement(error: Error): string {
  const fromDatabase = 'nativeError' in error || 'severity' in error;
  return fromDatabase
    ? error.message.slice(error.message.lastIndexOf(' - ') + 1).replace(/^- /, '')
    : error.message;
}
