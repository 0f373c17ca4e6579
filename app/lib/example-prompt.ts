/** What "Take the example" puts into the field of the first page: two parameters, and something to change. */
export const EXAMPLE_PROMPT = `You answer customers of {{ shop }}. Be brief, warm and exact.

Question: {{ question }}
`;
