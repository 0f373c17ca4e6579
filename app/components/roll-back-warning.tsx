import type { ComparisonView } from '#server/schemas/versions.ts';
import { Banner } from './ui/banner.tsx';

/** More names than this are counted. */
const NAMES_MAX = 6;

/** What callers lose when a label goes back to where it was before: what they send, what they call, what they get. */
export function RollBackWarning({ comparison }: { comparison: ComparisonView }) {
  const { from, to, changes } = comparison;
  const gone = changes.filter(({ rule }) => rule === 'parameter.gone').map(({ place }) => place);
  const prompts = changes.filter(({ rule }) => rule === 'prompt.gone').map(({ prompt }) => prompt);
  const rest = changes
    .filter(({ level, rule }) => level === 'major' && rule !== 'parameter.gone' && rule !== 'prompt.gone')
    .map(({ prompt }) => prompt);
  const isQuiet = gone.length + prompts.length + rest.length === 0;
  return (
    <Banner tone={isQuiet ? 'info' : 'minor'}>
      Rolling back to <code>{to}</code>:{' '}
      {isQuiet && `callers can go on as with ${from}. Texts and settings go back.`}
      {prompts.length > 0 && (
        <>
          <Names names={prompts} /> {prompts.length === 1 ? 'is' : 'are'} not in {to}: who asks for{' '}
          {prompts.length === 1 ? 'it' : 'them'} finds nothing.{' '}
        </>
      )}
      {gone.length > 0 && (
        <>
          <Names names={gone} />, which callers may send, {to} does not know. They get a warning, no
          error.{' '}
        </>
      )}
      {rest.length > 0 && (
        <>
          <Names names={rest} /> {new Set(rest).size === 1 ? 'takes or answers' : 'take or answer'}{' '}
          differently in {to}: calls may fail.
        </>
      )}
    </Banner>
  );
}

function Names({ names }: { names: string[] }) {
  const unique = [...new Set(names)];
  const more = unique.length - NAMES_MAX;
  return (
    <>
      {unique.slice(0, NAMES_MAX).map((name, index) => (
        <span key={name}>
          {index > 0 && ', '}
          <code>{name}</code>
        </span>
      ))}
      {more > 0 && ` and ${more} more`}
    </>
  );
}
