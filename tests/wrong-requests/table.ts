import type { Endpoint } from './endpoints.ts';

/** The request that is sent: a change of the right call. */
export interface Sent {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string | undefined;
}

/** The sender: the API key of an owner, its session, or an anonymous caller. */
type Sender = 'key' | 'session' | 'anonymous';

export interface WrongRequest {
  what: string;
  sender: Sender;
  appliesTo: (endpoint: Endpoint) => boolean;
  send: (endpoint: Endpoint) => Sent;
  status: number;
  reason: string;
  /** Fields of the details. */
  fields?: string[];
  /** Headers of the answer. */
  headers?: (endpoint: Endpoint) => Record<string, string>;
}

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const TOKEN = 'ank_0000000000000000000000000000000000000000000000000';

const api = ({ kind }: Endpoint) => kind !== 'page';
const rest = ({ kind }: Endpoint) => kind === 'rest';
const takesJson = ({ mediaType }: Endpoint) => mediaType === 'application/json';
const takesBody = ({ body }: Endpoint) => body !== undefined;
const isProtected = (endpoint: Endpoint) => api(endpoint) && !endpoint.allowsAnonymous;
const isUnsafe = ({ method }: Endpoint) => method !== 'GET';

const asIs = ({ method, url, headers, body }: Endpoint): Sent => ({ method, url, headers, body });
const withHeaders = (headers: Record<string, string>) => (endpoint: Endpoint) => ({
  ...asIs(endpoint),
  headers: { ...endpoint.headers, ...headers },
});
const withBody = (body: string) => (endpoint: Endpoint) => ({ ...asIs(endpoint), body });
const withType = (type: string | undefined) => (endpoint: Endpoint) => {
  const { 'content-type': _, ...headers } = endpoint.headers;
  return {
    ...asIs(endpoint),
    headers: { ...headers, ...(type === undefined ? {} : { 'content-type': type }) },
  };
};
const withQuery = (query: string) => (endpoint: Endpoint) => ({
  ...asIs(endpoint),
  url: `${endpoint.url}${endpoint.url.includes('?') ? '&' : '?'}${query}`,
});
/** The JSON input, in the body or in tRPC's query. */
const withInput = (text: string) => (endpoint: Endpoint) =>
  endpoint.kind === 'trpc' && endpoint.method === 'GET'
    ? { ...asIs(endpoint), url: endpoint.url.replace(/input=.*$/, `input=${encodeURIComponent(text)}`) }
    : { ...asIs(endpoint), body: text };
const extended = (extra: Record<string, unknown>) => (endpoint: Endpoint) =>
  withInput(JSON.stringify({ ...endpoint.input, ...extra }))(endpoint);

const hasInput = ({ input }: Endpoint) => input !== undefined;

const methods: WrongRequest[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'].flatMap(
  (method) =>
    (['key', 'anonymous'] as const).map((sender): WrongRequest => ({
      what: `${method} from ${sender}, with a body that can't be read`,
      sender,
      appliesTo: ({ kind, allow }) => kind !== 'page' && !allow.includes(method),
      send: ({ url }) => ({ method, url, headers: { 'content-type': 'text/odd' }, body: '{' }),
      ...{ status: 405, reason: 'method_not_allowed' },
      headers: ({ allow }) => ({ allow: [...new Set(allow)].sort().join(', ') }),
    })),
);

const unknownMethods = ['PROPFIND', 'REPORT', 'LINK', 'SEARCH', 'QUERY'].map((method): WrongRequest => ({
  ...{ what: `the method ${method}`, sender: 'key', appliesTo: () => true },
  ...{ status: 405, reason: 'method_not_allowed' },
  send: ({ url }) => ({ method, url, headers: {} }),
}));

/** Refused before anything else of the request is looked at. */
const credentials: WrongRequest[] = [
  ...[undefined, '', 'Basic YTpi', 'Bearer', 'Bearer ', 'Bearer a b', 'Digest x', 'Token ank_1', 'ank_1'].map(
    (authorization): WrongRequest => ({
      ...{ what: `Authorization: ${authorization}`, sender: 'anonymous', appliesTo: isProtected },
      send: withHeaders(authorization === undefined ? {} : { authorization }),
      ...{ status: 401, reason: 'unauthenticated' },
      headers: () => ({ 'www-authenticate': 'Bearer realm="Anvil"', 'cache-control': 'no-store' }),
    }),
  ),
  ...[
    `Bearer ${TOKEN}`,
    'Bearer x',
    `bearer ${TOKEN}`,
    'BEARER   x',
    'bEaReR ank_',
    `Bearer ${'x'.repeat(5_000)}`,
  ].map((authorization): WrongRequest => ({
    ...{ what: `Authorization: ${authorization.slice(0, 80)}`, sender: 'anonymous', appliesTo: api },
    send: withHeaders({ authorization }),
    ...{ status: 401, reason: 'api_key.invalid' },
    headers: () => ({ 'www-authenticate': 'Bearer realm="Anvil"', 'cache-control': 'no-store' }),
  })),
  ...(
    [
      [
        'a session that has ended',
        withHeaders({ cookie: 'anvil_session=nonsense', 'sec-fetch-site': 'same-origin' }),
      ],
      ['a token in the query', withQuery(`authorization=Bearer%20${TOKEN}`)],
      ['an unknown query parameter', withQuery('label=production')],
    ] as const
  ).map(([what, send]): WrongRequest => ({
    ...{ what, sender: 'anonymous', appliesTo: isProtected, send, status: 401, reason: 'unauthenticated' },
  })),
  ...(
    [
      ['a body that is no JSON', withBody('{')],
      ['a body of 2 MB', withBody(`"${'x'.repeat(2_000_000)}"`)],
      ['a body of another type', withType('text/odd')],
      ['a body without a type', withType(undefined)],
      ['a compressed body', withHeaders({ 'content-encoding': 'gzip' })],
      ['a body that holds a key twice', withBody('{"a":1,"a":2}')],
      ['unknown fields', withBody('{"nonsense":1}')],
      ['a declared length of 100 MB', withHeaders({ 'content-length': '100000000' })],
    ] as const
  ).map(([what, send]): WrongRequest => ({
    ...{
      what: `${what}, from an anonymous caller`,
      sender: 'anonymous',
      send,
      status: 401,
      reason: 'unauthenticated',
    },
    appliesTo: (endpoint) => isProtected(endpoint) && takesBody(endpoint),
  })),
  {
    ...{
      what: 'a malformed id, from an anonymous caller',
      sender: 'anonymous',
      status: 401,
      reason: 'unauthenticated',
    },
    appliesTo: ({ idParams }) => idParams.length > 0,
    send: (endpoint) => ({ ...asIs(endpoint), url: endpoint.url.replaceAll(/[0-9a-f-]{36}/g, 'xx') }),
  },
];

const types: WrongRequest[] = [
  ...[
    undefined,
    '',
    'text/plain',
    'text/plain;charset=UTF-8',
    'text/html',
    'text/xml',
    'application/xml',
    'image/png',
  ],
  ...[
    'application/octet-stream',
    'application/vnd.api+json',
    'application/json-patch+json',
    'application/csv',
  ],
  ...[
    'multipart/form-data; boundary=x',
    'application/x-ndjson',
    'text/json',
    'json',
    '*/*',
    'application/*',
    'a/b/c',
  ],
  ...[
    'application/jsonx',
    'application/yaml',
    'application/graphql',
    'text/event-stream',
    'application/x-protobuf',
  ],
].map((type): WrongRequest => ({
  ...{ what: `a body as ${type}`, sender: 'key', status: 415, reason: 'unsupported_media_type' },
  appliesTo: (endpoint) => api(endpoint) && takesBody(endpoint),
  send: withType(type),
}));

const encodings = [
  'gzip',
  'x-gzip',
  'deflate',
  'br',
  'zstd',
  'compress',
  'gzip, gzip',
  'GZIP',
  'nonsense',
].map((encoding): WrongRequest => ({
  ...{ what: `a body encoded as ${encoding}`, sender: 'key', appliesTo: takesBody },
  send: withHeaders({ 'content-encoding': encoding }),
  ...{ status: 415, reason: 'unsupported_content_encoding' },
  headers: () => ({ 'accept-encoding': 'identity' }),
}));

const sizes: WrongRequest[] = [
  {
    ...{ what: 'a body larger than any may be', sender: 'key', status: 413, reason: 'payload_too_large' },
    appliesTo: (endpoint) => takesJson(endpoint),
    send: withHeaders({ 'content-length': String(8 * 1_048_576 + 1) }),
  },
  {
    ...{ what: 'a body of more than 64 kB, from an anonymous caller', sender: 'anonymous' },
    ...{ status: 413, reason: 'payload_too_large' },
    appliesTo: (endpoint) => takesBody(endpoint) && endpoint.allowsAnonymous,
    send: withBody(`{"name":"${'x'.repeat(65_537)}"}`),
  },
];

const malformed = [
  ...[
    '{',
    '}',
    '[1,',
    '[1,]',
    '{"a":1,}',
    "{'a':1}",
    '{a:1}',
    '// a comment\n{}',
    '{} {}',
    '{}x',
    'undefined',
    'NaN',
  ],
  ...[
    'Infinity',
    '{"a":01}',
    '{"a":.5}',
    '{"a":+1}',
    '{"a":"\n"}',
    '{"a":"\\x"}',
    '"',
    'nul',
    '\u0000',
    '{"a"}',
  ],
].map((text): WrongRequest => ({
  ...{ what: `no JSON: ${JSON.stringify(text)}`, sender: 'key', status: 400, reason: 'malformed' },
  ...{ appliesTo: hasInput, send: withInput(text) },
}));

const duplicates = [
  ...['{"a":1,"a":2}', '{"a":1,"b":2,"a":1}', '{"x":[{"a":1,"a":2}]}', '{"x":{"y":{"a":{},"a":[]}}}'],
  ...['[{"a":1,"\\u0061":2}]', '{"b":"{\\"","a":1,"a":"}"}', '{"x":[],"a":[{},{}],"a":0}'],
].map((text): WrongRequest => ({
  ...{
    what: `a key twice: ${text}`,
    sender: 'key',
    status: 400,
    reason: 'json.duplicate_key',
    fields: ['a'],
  },
  ...{ appliesTo: hasInput, send: withInput(text) },
}));

const shapes: WrongRequest[] = [
  ...['null', '[]', '[{}]', '1', '-0', '"text"', 'true', 'false'].map((text): WrongRequest => ({
    ...{
      what: `JSON that isn’t an object: ${text}`,
      sender: 'key',
      status: 422,
      reason: 'validation',
      fields: [''],
    },
    ...{ appliesTo: hasInput, send: withInput(text) },
  })),
  {
    ...{
      what: 'JSON that is nested too deep',
      sender: 'key',
      status: 422,
      reason: 'validation',
      fields: [''],
    },
    ...{ appliesTo: hasInput, send: withInput(`${'['.repeat(3_000)}${']'.repeat(3_000)}`) },
  },
];

const fields: WrongRequest[] = [
  ...[
    'nonsense',
    'project_ids',
    'constructor',
    'toString',
    'id',
    'Name',
    'NAME ',
    '$where',
    'a.b',
    '',
    '0',
    '名前',
  ],
].map((field): WrongRequest => ({
  ...{ what: `the unknown field ${JSON.stringify(field)}`, sender: 'key', status: 422, reason: 'validation' },
  ...{ fields: [field], appliesTo: hasInput, send: extended({ [field]: 1 }) },
}));

const queries = [
  ...[
    'label=production',
    'version=1.0.0',
    'foo=1',
    'foo',
    'limt=1',
    'Limit=1',
    't=1690000000',
    'constructor=1',
  ],
  ...[
    'toString=1',
    'cursr=',
    'api_key=x',
    'access_token=x',
    'page=2',
    'foo=1&foo=2',
    'foo[]=1',
    '%00=1',
    '%F0%9F%98%80=1',
  ],
].map((query): WrongRequest => ({
  ...{ what: `the query ${query}`, sender: 'key', status: 400, reason: 'query.unknown' },
  fields: [decodeURIComponent(query.split('&', 1)[0]?.split('=', 1)[0] ?? '')],
  ...{ appliesTo: api, send: withQuery(query) },
}));

const hosts = [
  ...[
    'evil.example',
    'evil.example:4000',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    '10.0.0.1',
    '[fd00::1]',
  ],
  ...[
    'anvil',
    'anvil.svc.cluster.local',
    '0.0.0.0',
    '2130706433',
    '_',
    'localhost..',
    '-',
    '192.168.1.1:80',
    '[::2]:1',
  ],
].map((host): WrongRequest => ({
  ...{ what: `the host ${host}`, sender: 'session', appliesTo: () => true, send: withHeaders({ host }) },
  ...{ status: 421, reason: 'host.unknown' },
}));

const malformedHosts = ['user@localhost', 'a b', 'localhost/', 'localhost:x', '<b>', '[::1', 'a,b', 'é'].map(
  (host): WrongRequest => ({
    ...{ what: `the host ${host}`, sender: 'key', appliesTo: () => true, send: withHeaders({ host }) },
    ...{ status: 400, reason: 'malformed' },
  }),
);

const origins: WrongRequest[] = [
  ...[
    'http://evil.example',
    'null',
    'http://localhost:4001',
    'http://localhost.evil.example',
    '',
    'x',
    'file://',
  ],
  ...['http://', 'https://[', 'about:blank', 'chrome-extension://abc', 'http://localhost@evil.example'],
].flatMap((origin): WrongRequest[] =>
  [{ origin }, { origin, 'sec-fetch-site': 'same-origin' }]
    .filter((headers) => !('sec-fetch-site' in headers) || !origin.startsWith('http://localhost:'))
    .map((headers) => ({
      ...{ what: `a session from ${JSON.stringify(headers)}`, sender: 'session', appliesTo: isUnsafe },
      ...{ send: withHeaders({ 'sec-fetch-site': '', ...headers }), status: 403, reason: 'cross_origin' },
    })),
);
const sites = ['cross-site', 'same-site', 'odd', 'SAME-ORIGIN'].map((site): WrongRequest => ({
  ...{ what: `a session from Sec-Fetch-Site: ${site}`, sender: 'session', appliesTo: isUnsafe },
  ...{ send: withHeaders({ 'sec-fetch-site': site }), status: 403, reason: 'cross_origin' },
}));

const paths = ['/', '/x', '%00', '//', '/..%2f..', '.json', ';a=b'].map((suffix): WrongRequest => ({
  ...{ what: `the path with ${suffix} after it`, sender: 'key', status: 404, reason: 'not_found' },
  appliesTo: ({ url }) => url.startsWith('/trpc/') || url === '/api/v1/resolve',
  send: (endpoint) => {
    const [path = '', query] = endpoint.url.split('?');
    return { ...asIs(endpoint), url: `${path}${suffix}${query === undefined ? '' : `?${query}`}` };
  },
}));

const badPaths = ['%', '%zz', '%c3%28'].map((suffix): WrongRequest => ({
  ...{ what: `the path with ${suffix} after it`, sender: 'key', status: 400, reason: 'malformed' },
  appliesTo: ({ url }) => !url.includes('?') && !url.includes('/by_address/') && !url.includes('/render/'),
  send: (endpoint) => ({ ...asIs(endpoint), url: `${endpoint.url}${suffix}` }),
}));

const ids: WrongRequest[] = ['xx', ID.slice(1), `${ID}0`, '0', '%00', "'", '-1', 'undefined'].map(
  (id): WrongRequest => ({
    ...{ what: `the id ${id}`, sender: 'key', status: 422, reason: 'validation' },
    appliesTo: (endpoint) => rest(endpoint) && endpoint.idParams.length === 1 && !endpoint.body,
    send: (endpoint) => ({ ...asIs(endpoint), url: endpoint.url.replace(/[0-9a-f-]{36}/, id) }),
  }),
);

const preconditions = ['', '*', '3', '"', '""', 'W/', '"a", "b"', "'1'", '"1'].map((tag): WrongRequest => ({
  ...{ what: `If-Match: ${tag}`, sender: 'key', status: 412, reason: 'if_match_required' },
  appliesTo: ({ headers }) => 'if-match' in headers,
  send: withHeaders({ 'if-match': tag }),
}));

/** Every wrong request, each to be sent to every endpoint that it applies to. */
export const WRONG_REQUESTS: readonly WrongRequest[] = [
  ...[
    methods,
    unknownMethods,
    credentials,
    types,
    encodings,
    sizes,
    malformed,
    duplicates,
    shapes,
    fields,
  ].flat(),
  ...[queries, hosts, malformedHosts, origins, sites, paths, badPaths, ids, preconditions].flat(),
];
