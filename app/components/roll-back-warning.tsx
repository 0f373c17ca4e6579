import type { ComparisonView } from '#server/schemas/versions.ts';
import { Banner } from './ui/banner.tsx';

/** More names than this are counted. */
const NAMES_MAX = 6;

/** The effects on callers of moving a label back to an earlier version. */
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
      {isQuiet && `calls that work with ${from} keep working. Texts and settings change back.`}
      {prompts.length > 0 && (
        <>
          <Names names={prompts} /> {prompts.length === 1 ? 'is' : 'are'} not in {to}. Callers that ask for{' '}
          {prompts.length === 1 ? 'it' : 'them'} get an error.{' '}
        </>
      )}
      {gone.length > 0 && (
        <>
          {to} doesn’t know <Names names={gone} />. Callers that send {gone.length === 1 ? 'it' : 'them'} get
          a warning, not an error.{' '}
        </>
      )}
      {rest.length > 0 && (
        <>
          The contract of <Names names={rest} /> is different in {to}, so calls may fail.
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
