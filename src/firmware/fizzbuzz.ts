/** The conversation of the original project's examples: each side answers a number with the next one. */
export function fizzBuzz(number: number): string {
	const words = (number % 3 ? "" : "Fizz") + (number % 5 ? "" : "Buzz");
	return `${number} ${words || `${" ".repeat((number % 4) + 2)}(:`}`;
}

/**
 * The answer to a message of that conversation.
 * @throws Error if it is none
 */
export function answerTo(message: string): string {
	const number = Number.parseInt(message, 10);
	if (message !== fizzBuzz(number)) throw new Error(`"${message}" is not how this conversation goes`);
	return fizzBuzz(number + 1);
}
