import { withoutPassword } from './addresses.ts';
import { isSecret, readEnvironment, type Environment } from './read.ts';
import { VARIABLE_NAMES, VARIABLES, type Variable, type VariableName } from './variables.ts';

export interface EffectiveValue {
  name: VariableName;
  /** For people: secrets are masked, addresses stand there without their password. */
  value: string;
  source: 'environment' | 'default' | `file ${string}`;
}

/** What each variable is and where that comes from, in the order of the table; without those that are nothing. */
export function effectiveValues(environment: Environment): EffectiveValue[] {
  const { texts, files } = readEnvironment(environment);
  return VARIABLE_NAMES.flatMap((name): EffectiveValue[] => {
    const { fallback, otherwise } = VARIABLES[name] as Variable;
    const text = texts[name];
    if (text === undefined) {
      const value = fallback || otherwise;
      return value === undefined ? [] : [{ name, value, source: 'default' }];
    }
    const source = files[name] === undefined ? ('environment' as const) : (`file ${files[name]}` as const);
    return [{ name, value: isSecret(name) ? masked(text) : text, source }];
  });
}

/** Only an address of a database says something without its secret. */
function masked(text: string): string {
  return /^postgres(ql)?:\/\//.test(text) ? withoutPassword(text) : `… (${text.length} characters)`;
}
