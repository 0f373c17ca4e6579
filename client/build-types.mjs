import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * Writes the type of the tRPC router out in full. What TypeScript would emit names the server's context, and behind it
 * the database and every schema; what a client sees of a procedure is its input, its output and the shape of errors.
 */

const root = resolve(import.meta.dirname, '..');
/** Types of these files keep their names; anything else is written where it stands. */
const NAMED_FOLDERS = ['server/schemas'];
const NAMED_FILES = ['core/prompt.ts'];
/** The recursive type behind `z.json()`. */
const ZOD_JSON = 'JSONType';

/**
 * @returns {Promise<string>} the text of app-router.d.ts
 * @throws when the router has a type that can't be written down (a circle without a name, a function)
 */
export async function printAppRouter() {
  const { default: ts } = await import('typescript');
  const { program, checker } = await readProgram(ts);
  const printer = createPrinter(ts, checker, await namedTypes(ts, program, checker));

  const entry = program.getSourceFile(join(root, 'client/app-router.ts'));
  const [symbol] = checker.getExportsOfModule(checker.getSymbolAtLocation(entry));
  const router = checker.getDeclaredTypeOfSymbol(checker.getAliasedSymbol(symbol));
  const member = (type, ...path) =>
    path.reduce((at, name) => checker.getTypeOfSymbol(checker.getPropertyOfType(at, name)), type);

  const print = (type, indent) => {
    const inner = `${indent}  `;
    const entries = checker.getPropertiesOfType(type).map((property) => {
      const value = checker.getTypeOfSymbol(property);
      return `${inner}${property.name}: ${checker.getPropertyOfType(value, '_def') ? procedure(value, inner) : print(value, inner)};`;
    });
    return `{\n${entries.join('\n')}\n${indent}}`;
  };
  const procedure = (type, indent) => {
    const kind = member(type, '_def', 'type').value;
    const wrapper = { query: 'TRPCQueryProcedure', mutation: 'TRPCMutationProcedure' }[kind];
    if (!wrapper) throw new Error(`No client can call a procedure of the kind ${kind} yet.`);
    const inner = `${indent}  `;
    const [input, output] = ['input', 'output'].map((name) =>
      printer.print(member(type, '_def', '$types', name), inner),
    );
    return `${wrapper}<{\n${inner}meta: object;\n${inner}input: ${input};\n${inner}output: ${output};\n${indent}}>`;
  };

  const record = print(member(router, '_def', 'record'), '');
  const [errorShape, transformer] = ['errorShape', 'transformer'].map((name) =>
    printer.print(member(router, '_def', '_config', '$types', name), ''),
  );
  return `// Made by build-types.mjs from server/trpc/router.ts.
import type { TRPCBuiltRouter, TRPCMutationProcedure, TRPCQueryProcedure } from '@trpc/server';

${printer.declarations()}
/** What is known of a call that failed; \`data.reason\` is stable and for programs. */
export type AnvilErrorShape = ${errorShape};

export type AnvilProcedures = ${record};

interface AnvilRootTypes {
  ctx: object;
  meta: object;
  errorShape: AnvilErrorShape;
  transformer: ${transformer};
}

/** All procedures of the server, for tRPC's own helpers such as inferRouterOutputs. */
export type AppRouter = TRPCBuiltRouter<AnvilRootTypes, AnvilProcedures>;
`;
}

async function readProgram(ts) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const program = ts.createProgram([join(root, 'client/app-router.ts')], options);
  return { program, checker: program.getTypeChecker() };
}

/** @returns {Promise<Map<import('typescript').Type, string>>} the exported types that keep their names */
async function namedTypes(ts, program, checker) {
  const files = [...NAMED_FILES];
  for (const folder of NAMED_FOLDERS) {
    const names = await readdir(join(root, folder));
    files.push(...names.filter((name) => !name.endsWith('.test.ts')).map((name) => `${folder}/${name}`));
  }
  const named = new Map();
  for (const file of files.sort()) {
    const source = program.getSourceFile(join(root, file));
    const module = source && checker.getSymbolAtLocation(source);
    for (const symbol of module ? checker.getExportsOfModule(module) : []) {
      if (!(symbol.flags & (ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Interface))) continue;
      const type = checker.getDeclaredTypeOfSymbol(symbol);
      const isGeneric = symbol.declarations.some((declaration) => declaration.typeParameters?.length);
      const isSmall =
        !(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Union)) || isPlainArray(checker, type);
      if (!isGeneric && !isSmall && !named.has(type)) named.set(type, symbol.name);
    }
  }
  return named;
}

function isPlainArray(checker, type) {
  return checker.isArrayType(type) || checker.isTupleType(type);
}

/** Writes types as TypeScript text, and collects the declarations of those that have a name. */
function createPrinter(ts, checker, named) {
  const declared = new Map();
  /** The types without a name that are being written, each inside the one before. */
  let stack = [];
  /** A union that lost its name when `undefined` was added to it is known by its members. */
  const key = (types) =>
    types
      .map((type) => type.id)
      .sort()
      .join();
  const unions = new Map(
    [...named].filter(([type]) => type.isUnion()).map(([type, name]) => [key(type.types), { type, name }]),
  );

  const print = (type, indent) => {
    const name = nameOf(type);
    if (!name) return structure(type, indent);
    declare(name, type);
    return name;
  };
  const nameOf = (type) => named.get(type) ?? (type.aliasSymbol?.name === ZOD_JSON ? 'JsonValue' : undefined);
  const declare = (name, type) => {
    if (declared.has(name)) return;
    declared.set(name, ''); // Before its text, which may name it.
    const outside = stack;
    stack = [];
    declared.set(name, `export type ${name} = ${structure(type, '')};\n`);
    stack = outside;
  };

  const structure = (type, indent) => {
    if (stack.includes(type)) throw new Error(`${checker.typeToString(type)} holds itself and has no name.`);
    stack.push(type);
    try {
      return write(type, indent);
    } finally {
      stack.pop();
    }
  };
  const write = (type, indent) => {
    if (type.isUnion() && !(type.flags & ts.TypeFlags.Boolean)) return members(type.types, indent);
    if (type.isIntersection()) return type.types.map((one) => print(one, indent)).join(' & ');
    if (checker.isTupleType(type))
      return `[${checker
        .getTypeArguments(type)
        .map((one) => print(one, indent))
        .join(', ')}]`;
    if (checker.isArrayType(type)) {
      const [item] = checker.getTypeArguments(type);
      const text = print(item, indent);
      return item.isUnionOrIntersection() && !/^\w+$/.test(text) ? `(${text})[]` : `${text}[]`;
    }
    if (type.flags & ts.TypeFlags.Object) return object(type, indent);
    if (type.isStringLiteral()) return `'${type.value.replaceAll(/['\\]/g, '\\$&')}'`;
    const simple =
      ts.TypeFlags.Any | ts.TypeFlags.TypeParameter | ts.TypeFlags.Conditional | ts.TypeFlags.IndexedAccess;
    if (type.flags & simple) throw new Error(`A procedure takes or gives ${checker.typeToString(type)}.`);
    return checker.typeToString(type);
  };
  const union = (types, indent) => {
    const whole = unions.get(key(types));
    if (whole) {
      declare(whole.name, whole.type);
      return whole.name;
    }
    return members(types, indent);
  };
  const members = (types, indent) => {
    const texts = [];
    const both = types.filter((one) => one.flags & ts.TypeFlags.BooleanLiteral).length === 2;
    for (const one of types) {
      const text = both && one.flags & ts.TypeFlags.BooleanLiteral ? 'boolean' : print(one, indent);
      if (!texts.includes(text)) texts.push(text);
    }
    return texts.join(' | ');
  };
  const object = (type, indent) => {
    if (type.getCallSignatures().length + type.getConstructSignatures().length > 0) {
      throw new Error(`A procedure takes or gives a function: ${checker.typeToString(type)}.`);
    }
    const inner = `${indent}  `;
    const lines = checker
      .getIndexInfosOfType(type)
      .map((info) => `${inner}[key: ${checker.typeToString(info.keyType)}]: ${print(info.type, inner)};`);
    for (const property of checker.getPropertiesOfType(type)) {
      const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
      const value = checker.getTypeOfSymbol(property);
      const text = isOptional && value.isUnion() ? given(value, inner) : print(value, inner);
      lines.push(
        `${comment(property, inner)}${inner}${quoted(property.name)}${isOptional ? '?' : ''}: ${text};`,
      );
    }
    return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
  };
  /** What an optional property holds when it is there. */
  const given = (type, indent) => {
    const types = type.types.filter((one) => !(one.flags & ts.TypeFlags.Undefined));
    return types.length === 1 ? print(types[0], indent) : union(types, indent);
  };
  const quoted = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
  const comment = (symbol, indent) => {
    const text = ts
      .displayPartsToString(symbol.getDocumentationComment(checker))
      .replaceAll('\n', ' ')
      .trim();
    return text === '' ? '' : `${indent}/** ${text.replaceAll('*/', '* /')} */\n`;
  };
  return { print, declarations: () => [...declared.values()].join('\n') };
}

if (process.argv[1] === import.meta.filename) process.stdout.write(await printAppRouter());
