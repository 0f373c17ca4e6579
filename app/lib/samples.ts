import type { JsonValue } from '@anvil/core/prompt';
import type { CodePart } from './highlight.ts';

/** Lines to copy that render a prompt by its address, in three languages. What is shown is what is copied. */

export interface SampleInput {
  /** `https://anvil.acme.example`, no slash at the end. */
  baseUrl: string;
  /** `support/emails/refund@^2.3` */
  address: string;
  /** Values to render with. */
  values: Record<string, JsonValue>;
  /** A key that is shown only once. Without one, the lines read it from `ANVIL_API_KEY`. */
  apiKey?: string;
}

export interface Sample {
  key: 'curl' | 'typescript' | 'python';
  label: string;
  parts: CodePart[];
}

const string = (text: string): CodePart => ({ text, tone: 'string' });
const plain = (text: string): CodePart => ({ text });

/** Signs of an address that mean something in a URL; `^ ~ @ / =` and letters stand as they are, so that it reads well. */
function addressInUrl(address: string): string {
  return encodeURIComponent(address).replace(/%(2F|40|5E|3D)/g, (escape) => decodeURIComponent(escape));
}

/** A shell word in single quotes. */
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** JSON as a Python literal: the words differ. Strings of JSON are strings of Python. */
function pythonLiteral(value: JsonValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}: ${pythonLiteral(item)}`)
      .join(', ')}}`;
  return JSON.stringify(value);
}

/** `-d` alone says it is a form; Anvil reads it as JSON all the same, so that the line stays short. */
function curl({ baseUrl, address, values, apiKey }: SampleInput): CodePart[] {
  const path = addressInUrl(address);
  return [
    plain(`curl -X POST ${baseUrl}/api/v1/render/`),
    { text: path, tone: 'address' },
    plain(' \\\n  -H '),
    string(`"Authorization: Bearer ${apiKey ?? '$ANVIL_API_KEY'}"`),
    plain(' \\\n  -d '),
    string(shellQuote(JSON.stringify({ values }))),
  ];
}

/** TypeScript and JavaScript alike. `answer.json()` has the type `unknown` under Node, `JSON.parse` hasn't. */
function typescript({ baseUrl, address, values, apiKey }: SampleInput): CodePart[] {
  return [
    plain('const answer = await fetch(\n  '),
    string(`'${baseUrl}/api/v1/render/`),
    { text: addressInUrl(address).replaceAll("'", '%27'), tone: 'address' },
    string("'"),
    plain(",\n  {\n    method: 'POST',\n    headers: {\n      Authorization: "),
    apiKey ? string(`'Bearer ${apiKey}'`) : string('`Bearer ${process.env.ANVIL_API_KEY}`'),
    plain(",\n      'Content-Type': 'application/json',\n    },\n    body: JSON.stringify("),
    string(JSON.stringify({ values })),
    plain(
      '),\n  },\n);\nif (!answer.ok) throw new Error(await answer.text());\nconst { text, messages } = JSON.parse(await answer.text());\nconsole.log(text ?? messages);',
    ),
  ];
}

function python({ baseUrl, address, values, apiKey }: SampleInput): CodePart[] {
  return [
    plain(`import json${apiKey ? '' : ', os'}, urllib.request\n\nrequest = urllib.request.Request(\n    `),
    string(`"${baseUrl}/api/v1/render/`),
    { text: addressInUrl(address), tone: 'address' },
    string('"'),
    plain(',\n    json.dumps('),
    string(pythonLiteral({ values })),
    plain(').encode(),\n    {\n        "Authorization": '),
    apiKey ? string(`"Bearer ${apiKey}"`) : plain('"Bearer " + os.environ["ANVIL_API_KEY"]'),
    plain(
      ',\n        "Content-Type": "application/json",\n    },\n)\nanswer = json.load(urllib.request.urlopen(request))\nprint(answer.get("text") or answer["messages"])',
    ),
  ];
}

/** The three samples of one address. */
export function renderSamples(input: SampleInput): Sample[] {
  return [
    { key: 'curl', label: 'curl', parts: curl(input) },
    { key: 'typescript', label: 'TypeScript', parts: typescript(input) },
    { key: 'python', label: 'Python', parts: python(input) },
  ];
}

/** The text of a sample. */
export function sampleText({ parts }: Sample): string {
  return parts.map(({ text }) => text).join('');
}
