/** Version of this package and of everything that is released with it. */
export const VERSION = '0.1.0';
