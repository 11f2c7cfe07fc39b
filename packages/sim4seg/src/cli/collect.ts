/** Values of an option that may be given again, in their order. */
export const collect = (value: string, earlier: string[]): string[] => [...earlier, value];
