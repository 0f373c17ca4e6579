import { describe, expect, it } from 'vitest';
import { readForm } from './form-fields.ts';

const post = (body: BodyInit, type?: string) =>
  readForm(
    new Request('http://localhost/', {
      method: 'POST',
      body,
      ...(type ? { headers: { 'content-type': type } } : {}),
    }),
    { requestId: 'test' },
  );
const FORM = 'application/x-www-form-urlencoded;charset=UTF-8';

describe('a form', () => {
  it('is read with names that stand twice, plus signs and escapes', async () => {
    const form = await post('a=1&a=%C3%A9+2&b=', FORM);
    expect([...form]).toEqual([
      ['a', '1'],
      ['a', 'é 2'],
      ['b', ''],
    ]);
  });

  it('is read if it is sent as multipart', async () => {
    const sent = new FormData();
    sent.append('a', 'é');
    expect((await post(sent)).get('a')).toBe('é');
  });

  it.each([
    ['with more than 20,000 fields', 'a&'.repeat(20_000), FORM, 413],
    ['that isn’t one', '{}', 'application/json', 400],
  ])('%s is refused', async (_, body, type, status) => {
    const refused = await post(body, type).catch((thrown: unknown) => thrown);
    expect((refused as Response).status).toBe(status);
  });
});
