import { must } from './shell.ts';

export interface VisitInput {
  method?: string;
  headers?: Record<string, string>;
  /** Sent as JSON, unless it is a text. */
  body?: unknown;
}

export interface VisitAnswer {
  status: number;
  /** `1.1` or `2`. */
  http: string;
  /** By their names in lower case; one that came twice is joined by a comma. */
  headers: Record<string, string>;
  text: string;
  /** Of the text as JSON; `undefined` where it is none. */
  body: unknown;
}

export interface Visitor {
  ask(pathOrUrl: string, input?: VisitInput): Promise<VisitAnswer>;
}

export interface VisitorInput {
  domain: string;
  /** Where the domain leads to. */
  address: string;
  /** A file of the certificate that the server's has to be signed by. */
  rootFile: string;
  /** Where curl runs, when it is not here. */
  run?: typeof must;
}

/** Somebody who comes over the network by https and believes no certificate but the right one. */
export function makeVisitor({ domain, address, rootFile, run = must }: VisitorInput): Visitor {
  const resolve = [443, 80].flatMap((port) => ['--resolve', `${domain}:${port}:${address}`]);
  const end = '\n%{http_code} %{http_version}';
  return {
    ask: async (path, { method = 'GET', headers = {}, body } = {}) => {
      const given = {
        ...(typeof body === 'object' ? { 'content-type': 'application/json' } : {}),
        ...headers,
      };
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const output = await run(
        'curl',
        [
          ...['-sS', '--noproxy', '*', '--max-time', '60', '--cacert', rootFile, ...resolve],
          ...['-D', '-', '-w', end, '-X', method, '-H', 'Expect:'],
          ...Object.entries(given).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
          ...(body === undefined ? [] : ['--data-binary', '@-']),
          path.startsWith('http') ? path : `https://${domain}${path}`,
        ],
        { input: text ?? '' },
      );
      return parse(output);
    },
  };
}

function parse(output: string): VisitAnswer {
  const headEnd = output.indexOf('\r\n\r\n');
  const tailStart = output.lastIndexOf('\n');
  const headers: Record<string, string> = {};
  for (const line of output.slice(0, headEnd).split('\r\n').slice(1)) {
    const [name = '', value = ''] = line.split(/:\s*(.*)/s);
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  const text = output.slice(headEnd + 4, tailStart);
  const [status = '', http = ''] = output.slice(tailStart + 1).split(' ');
  return { status: Number(status), http, headers, text, body: jsonOf(text) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
