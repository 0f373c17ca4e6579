import { useParams } from '@remix-run/react';
import type { Problem } from '@anvil/core/prompt';
import type { NextVersionView } from '#server/schemas/versions.ts';
import { counted } from '../lib/change-words.ts';
import { highlightJson } from '../lib/highlight.ts';
import { placeWords } from '../lib/problems.ts';
import { setPlace } from '../lib/set-place.ts';
import { ChangeRows } from './change-rows.tsx';
import { Sentence } from './sentence.tsx';
import { Banner } from './ui/banner.tsx';
import { Card } from './ui/card.tsx';
import { CodeBlock } from './ui/code.tsx';
import { TextLink } from './ui/link.tsx';
import { LevelTag, Tag } from './ui/tag.tsx';

/** The sentences that a page showed before. */
export type SeenChanges = ReadonlySet<string>;

/** More than this in one page helps nobody; the rest is counted. */
const SHOWN_MAX = 200;

export interface GoesOutProps {
  next: NextVersionView;
  /** What was shown before somebody else saved; what isn't among it is marked. */
  seen?: SeenChanges;
}

/** The next version: its changes with their levels, a call that breaks, and what prevents publishing. */
export function GoesOut({ next, seen }: GoesOutProps) {
  const { changes, level, witness, not_judged, base, obstacle, problems } = next;
  const errors = problems.filter(({ severity }) => severity !== 'warning');
  const warnings = problems.filter(({ severity }) => severity === 'warning');
  return (
    <>
      {obstacle && errors.length === 0 && (
        <Banner tone="minor">
          <Sentence>{obstacle}</Sentence>
        </Banner>
      )}
      {errors.length > 0 && (
        <Card title="Can’t publish yet" edge="major" flush>
          <ProblemRows problems={errors} />
        </Card>
      )}
      {base === null && !obstacle && (
        <Card title="What will be published">{counted(next.prompt_count, 'prompt')}, first version.</Card>
      )}
      {base !== null && changes.length > 0 && (
        <Card
          flush
          title="What changed in the contract"
          aside={level !== 'none' && <LevelTag level={level}>{level} or higher</LevelTag>}
          foot={next.behaviour ? 'Text, defaults or settings changed, so responses may differ.' : undefined}
        >
          <ChangeRows
            changes={changes}
            aside={({ sentence }) =>
              seen && !seen.has(sentence) && <Tag tone="ember">changed while you were here</Tag>
            }
          />
        </Card>
      )}
      {witness && base && (
        <Card
          title="A call that breaks"
          edge="major"
          flush
          foot={
            <span>
              <Sentence>{witness.why}</Sentence>
            </span>
          }
        >
          <p className="px-3.5 pt-3">
            Version {base} of <code>{witness.prompt}</code> renders these values.{' '}
            {next.number ?? 'The next version'} fails
            {witness.needs_strict && (
              <>
                {' '}
                if the call says <code>strict</code>
              </>
            )}
            :
          </p>
          <CodeBlock
            bare
            wrap
            label="Values of the call that breaks"
            code={highlightJson(JSON.stringify(witness.values, null, 2))}
          />
        </Card>
      )}
      {base && not_judged.length > 0 && (
        <Banner tone="minor">
          Not judged: <Sentence>{namesOf(not_judged)}</Sentence>. Calls to{' '}
          {not_judged.length === 1 ? 'it' : 'them'} may fail whatever the number says. Test{' '}
          {not_judged.length === 1 ? 'it' : 'them'} before you publish.
        </Banner>
      )}
      {base && (level === 'minor' || level === 'patch') && (
        <p className="text-13 text-mute">
          The number promises that calls that got no warning still render. It promises nothing about limits of
          time, memory and output, nor about the answers.
        </p>
      )}
      {warnings.length > 0 && (
        <Card title="Warnings" flush>
          <ProblemRows problems={warnings} />
        </Card>
      )}
    </>
  );
}

/** The first ten names, and how many more there are. */
function namesOf(slugs: readonly string[]): string {
  const names = slugs.slice(0, 10).map((slug) => `\`${slug}\``);
  const more = slugs.length > names.length ? ` and ${slugs.length - names.length} more` : '';
  return `${names.join(', ')}${more}`;
}

/** Problems of the draft, each leading to its prompt. */
function ProblemRows({ problems }: { problems: Problem[] }) {
  const { base } = setPlace(useParams());
  return (
    <ul className="card-rows divide-y divide-line">
      {problems.slice(0, SHOWN_MAX).map((problem, index) => (
        <li key={index} className="px-3.5 py-2.5">
          {problem.place.prompt && (
            <TextLink to={`${base}/${problem.place.prompt}`} className="font-mono text-13">
              {problem.place.prompt}
            </TextLink>
          )}{' '}
          <span className="text-mute">{placeWords(problem.place)}</span>{' '}
          <Sentence>{problem.message}</Sentence>
        </li>
      ))}
    </ul>
  );
}
