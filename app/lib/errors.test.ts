import { expect, it } from 'vitest';
import { forPage, formErrors } from './errors.ts';

const context = { requestId: 'r1' };

/** As the server throws it; its class is not known here. */
function appError(status: number, reason: string, details: { field: string; message: string }[] = []): Error {
  return Object.assign(new Error('A sentence.'), { name: 'AppError', status, reason, details });
}

it('makes a page of an expected error, with the request to name', async () => {
  const thrown: unknown = await forPage(Promise.reject(appError(404, 'not_found')), context, {
    address: 'a/b',
  }).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Response);
  expect((thrown as Response).status).toBe(404);
  expect(await (thrown as Response).json()).toMatchObject({
    requestId: 'r1',
    address: 'a/b',
    message: 'A sentence.',
  });
});

it('says of an address that can’t be right that nothing is there', async () => {
  const refused = appError(422, 'validation', [{ field: 'project', message: 'At most 64 characters.' }]);
  const thrown: unknown = await forPage(Promise.reject(refused), context).catch((error: unknown) => error);
  expect((thrown as Response).status).toBe(404);
});

it('lets a bug through as it is, so that it is logged', async () => {
  const bugs = [new TypeError('x is undefined'), appError(500, 'internal')];
  for (const bug of bugs) {
    await expect(forPage(Promise.reject(bug), context)).rejects.toBe(bug);
    expect(() => formErrors(bug, context)).toThrow(bug);
  }
});

it('puts what is wrong at its fields, and what belongs to none above them', () => {
  const wrong = appError(422, 'validation', [
    { field: 'name', message: 'One.' },
    { field: 'name', message: 'Two.' },
  ]);
  expect(formErrors(wrong, context)).toMatchObject({ fields: { name: ['One.', 'Two.'] }, form: undefined });
  expect(formErrors(appError(409, 'slug_taken'), context)).toMatchObject({ fields: {}, form: 'A sentence.' });
});

it('keeps no form open for a thing that is gone or a server that can’t answer', () => {
  for (const status of [404, 410, 503]) {
    expect(() => formErrors(appError(status, 'x'), context)).toThrow(Response);
  }
});
