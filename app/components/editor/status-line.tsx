import type { Problem } from '@anvil/core/prompt';
import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react';
import { useAnnouncement } from '../../lib/announcements.ts';
import { counted } from '../../lib/change-words.ts';
import { placeWords } from '../../lib/problems.ts';
import { Sentence } from '../sentence.tsx';

export interface StatusLineProps {
  problems: Problem[];
  /** Roles of the messages, to name a place. */
  roles: string[];
  cursor: { line: number; column: number } | undefined;
  /** Leads to the line of a problem; absent where there is no editor to lead to. */
  onShow?: (problem: Problem) => void;
}

/** The foot of the editor: how many problems, the first one in words, all of them when it is opened. */
export function StatusLine({ problems, roles, cursor, onShow }: StatusLineProps) {
  const [first, ...others] = problems;
  const worst = first?.severity === 'warning' ? 'minor' : 'major';
  const kind = worst === 'major' ? 'problem' : 'warning';
  useAnnouncement(
    first
      ? `${counted(problems.length, kind)}. ${placeWords(first.place, roles)} ${first.message}`
      : 'No problems.',
  );
  return (
    <footer className="sticky bottom-0 z-10 flex min-h-8 flex-wrap items-center gap-x-4 border-t border-line bg-panel px-4 py-1 text-12">
      <div className="min-w-0 flex-1">
        {first ? (
          <details className="group/problems">
            <summary className="touch flex min-w-0 items-center gap-4 rounded-4">
              <span
                className={`flex shrink-0 items-center gap-1.5 ${worst === 'major' ? 'text-major' : 'text-minor'}`}
              >
                {worst === 'major' ? (
                  <CircleX size={16} strokeWidth={1.75} aria-hidden="true" />
                ) : (
                  <TriangleAlert size={16} strokeWidth={1.75} aria-hidden="true" />
                )}
                {counted(problems.length, kind)}
              </span>
              <span className="min-w-0 truncate text-mute group-open/problems:whitespace-normal">
                <ProblemWords problem={first} roles={roles} />
              </span>
            </summary>
            <ul className="grid max-h-60 gap-1 overflow-y-auto py-2">
              {[first, ...others].map((problem, index) => (
                <li key={index} className="flex gap-2">
                  {onShow && problem.place.line !== undefined ? (
                    <button
                      type="button"
                      onClick={() => onShow(problem)}
                      className="rounded-4 text-start underline decoration-transparent hover:decoration-current"
                    >
                      <ProblemWords problem={problem} roles={roles} />
                    </button>
                  ) : (
                    <span>
                      <ProblemWords problem={problem} roles={roles} />
                    </span>
                  )}
                </li>
              ))}
            </ul>
          </details>
        ) : (
          <span className="flex items-center gap-1.5 text-mute">
            <CircleCheck size={16} strokeWidth={1.75} aria-hidden="true" className="text-patch" />
            No problems
          </span>
        )}
      </div>
      <span className="hidden gap-4 text-mute md:flex">
        <span>Liquid</span>
        {cursor && (
          <span>
            Ln {cursor.line}, Col {cursor.column}
          </span>
        )}
      </span>
    </footer>
  );
}

function ProblemWords({ problem, roles }: { problem: Problem; roles: string[] }) {
  return (
    <>
      {placeWords(problem.place, roles)} <Sentence>{problem.message}</Sentence>
    </>
  );
}
