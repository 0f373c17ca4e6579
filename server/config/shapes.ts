import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { databaseUrlOf, originOfHost, urlOf } from './addresses.ts';

/** What a variable's text has to be: `wants` is said to people, behind the name and a colon. */
export interface Shape<T> {
  wants: string;
  schema: z.ZodType<T, string>;
}

function text(wants: string, fits: (value: string) => boolean): Shape<string> {
  return { wants, schema: z.string().refine(fits) };
}

export function oneOf<const T extends string>(...values: readonly [T, ...T[]]): Shape<T> {
  const wants = `one of ${values.join(', ')}`;
  return { wants, schema: z.enum(values) };
}

export const flag: Shape<boolean> = {
  wants: 'write true or false',
  schema: z.enum(['true', 'false']).transform((value) => value === 'true'),
};

export function whole(min: number, max: number): Shape<number> {
  return {
    wants: `a whole number from ${min.toLocaleString('en-GB')} to ${max.toLocaleString('en-GB')}`,
    schema: z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number)
      .refine((value) => value >= min && value <= max),
  };
}

export function secret(minLength: number): Shape<string> {
  return text(
    `at least ${minLength} random characters, such as from: openssl rand -hex ${Math.ceil(minLength / 2)}`,
    (value) => value.length >= minLength && new Set(value).size >= 8,
  );
}

export const anyText = (wants: string) => text(wants, (value) => value.trim() !== '');

export const origin = text(
  'where people reach Anvil, scheme and host alone, such as https://anvil.example.com',
  (value) => {
    const url = urlOf(value);
    return /^https?:$/.test(url?.protocol ?? '') && value.replace(/\/$/, '').toLowerCase() === url?.origin;
  },
);

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;
const isHostName = (value: string) => HOST_NAME.test(value) && URL.canParse(`https://${value}`);

export const hostName = text('a host name alone, such as anvil.example.com', (value) => {
  if (!isHostName(value)) return false;
  return originOfHost(value, 1).length > 0;
});

export const listenAddress = text(
  'an address or name of this machine, such as 127.0.0.1, or :: for all of them',
  (value) => isIP(value) !== 0 || isHostName(value),
);

/** Names as a Host header has them without its port: IPv6 addresses in brackets. */
export const hostNames: Shape<string[]> = {
  wants: 'host names or addresses without a port, with commas between, such as anvil.internal,10.0.0.5',
  schema: z
    .string()
    .transform((value) => value.split(',').flatMap((part) => part.trim().toLowerCase() || []))
    .refine((parts) =>
      parts.every((part) => isIP(part.replace(/^\[(.*)\]$/, '$1')) !== 0 || isHostName(part)),
    )
    .transform((parts) => parts.map((part) => (isIP(part) === 6 ? `[${part}]` : part))),
};

export const serverName = text(
  'a host name or address alone, such as smtp.example.com',
  (value) => isIP(value) !== 0 || isHostName(value),
);

export const postgresUrl = text(
  'a PostgreSQL URL, such as postgres://anvil:PASSWORD@db.internal:5432/anvil',
  (value) => /^postgres(ql)?:$/.test(databaseUrlOf(value)?.protocol ?? ''),
);

export const webUrl = (example: string) =>
  text(`a URL of http or https, such as ${example}`, (value) =>
    /^https?:$/.test(urlOf(value)?.protocol ?? ''),
  );

export const sentryDsn = text(
  'a DSN as Sentry shows it, such as https://KEY@sentry.example.com/1',
  (value) => {
    const url = urlOf(value);
    return (
      /^https?:$/.test(url?.protocol ?? '') && url?.username !== '' && /\/\d+$/.test(url?.pathname ?? '')
    );
  },
);

/** RFC 5322's `name@host` or `Name <name@host>`, as mail programs write it. */
export const mailbox = text(
  'an e-mail address, such as noreply@anvil.example.com or Anvil <noreply@anvil.example.com>',
  (value) => {
    const address = /^[^<>\r\n]*<([^<>]+)>$/.exec(value)?.[1] ?? value;
    return z.email().safeParse(address).success;
  },
);

export const s3Folder = text(
  'a folder in S3 with a slash at its end, such as s3://anvil-backups/daily/',
  (value) => /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/(.*\/)?$/.test(value),
);

/** Becomes the path of the file. A folder lets a manifest mount a certificate that not every installation has. */
export const certificates: Shape<string | undefined> = {
  wants: 'the path of a PEM file with certificates of authorities, or of a folder with one such file or none',
  schema: z.string().transform((path, context) => {
    try {
      const file = statSync(path).isDirectory() ? onlyFile(path) : path;
      if (file === undefined || readFileSync(file, 'utf8').includes('-----BEGIN CERTIFICATE-----'))
        return file;
    } catch {
      // Reported below.
    }
    context.addIssue({ code: 'custom' });
    return z.NEVER;
  }),
};

/**
 * Kubernetes adds hidden entries to a volume, which don't count.
 *
 * @returns undefined for an empty folder
 */
function onlyFile(folder: string): string | undefined {
  const [name, ...more] = readdirSync(folder).filter((entry) => !entry.startsWith('.'));
  if (more.length > 0) throw new Error(`${folder} holds several files`);
  return name === undefined ? undefined : join(folder, name);
}

function isNetwork(value: string): boolean {
  const [address = '', bits, more] = value.split('/');
  const version = isIP(address);
  if (version === 0 || more !== undefined) return false;
  // A network of all addresses would trust what clients write into the headers.
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

export const proxies: Shape<string[] | number> = {
  wants:
    'addresses and networks separated by commas, such as 127.0.0.1,10.0.0.0/8, or the number of proxies from 1 to 9',
  schema: z.union([
    z
      .string()
      .trim()
      .regex(/^[1-9]$/)
      .transform(Number),
    z
      .string()
      .transform((value) => value.split(',').flatMap((part) => part.trim() || []))
      .refine((parts) => parts.every(isNetwork)),
  ]),
};

export const addressHeader: Shape<string> = {
  wants:
    'the name of a header that holds one address, such as Fly-Client-IP; remove it to use X-Forwarded-For',
  schema: z
    .string()
    .transform((value) => value.trim().toLowerCase())
    .refine(
      (name) => /^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/.test(name) && !/^(x-)?forwarded(-for)?$/.test(name),
    ),
};
