import { useNavigate, useSearchParams } from '@remix-run/react';
import { CodeEditor } from '../../../components/code-editor.tsx';
import { Button, LinkButton } from '../../../components/ui/button.tsx';
import { Card } from '../../../components/ui/card.tsx';
import { Dialog } from '../../../components/ui/dialog.tsx';
import { TextField } from '../../../components/ui/field.tsx';
import { Tag } from '../../../components/ui/tag.tsx';

const SYSTEM = `You write for Acme's support team. Be brief, warm and exact.
{% render 'tone', level: tone %}`;
const USER = `A customer asks for a refund of order {{ order.number }}.
Reason given: {{ reason | strip }}

{% for item in order.items %}
- {{ item.name }}, {{ item.price | currency }}
{% endfor %}

Answer in the customer's language.`;

const PROBLEMS = [
  {
    line: 5,
    column: 36,
    severity: 'error' as const,
    message: 'There is no filter `currency`. Did you mean `round`?',
  },
];

function Editors() {
  return (
    <>
      <Card flush focusRing level={3} title={<Tag>system</Tag>}>
        <CodeEditor name="system" label="Message 1, system" defaultValue={SYSTEM} minLines={3} />
      </Card>
      <Card flush focusRing level={3} title={<Tag tone="info">user</Tag>} aside="revision 14">
        <CodeEditor
          name="user"
          label="Message 2, user"
          defaultValue={USER}
          problems={PROBLEMS}
          variables={['order', 'reason', 'tone']}
        />
      </Card>
      <Card flush focusRing level={3} title="Your prompt">
        <CodeEditor
          name="empty"
          label="Your prompt"
          placeholder="You answer customers of {{ shop }}."
          error="Write something first."
        />
      </Card>
    </>
  );
}

function Dialogs({ theme }: { theme: string }) {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  return (
    <div>
      <LinkButton to={`?dialog=${theme}`} preventScrollReset>
        Open the dialog
      </LinkButton>
      {search.get('dialog') === theme && (
        <Dialog
          title="New label"
          closeTo="/dev/ui"
          actions={
            <Button
              type="button"
              variant="primary"
              onClick={() => navigate('/dev/ui', { preventScrollReset: true })}
            >
              Make the label
            </Button>
          }
        >
          <TextField label="Name" mono hint="1 to 36 of a to z, 0 to 9, . _ - and no version range." />
        </Dialog>
      )}
    </div>
  );
}

export const editorSpecimens = [
  { title: 'Editor', show: () => <Editors /> },
  { title: 'Dialog', show: (theme: string) => <Dialogs theme={theme} /> },
];
