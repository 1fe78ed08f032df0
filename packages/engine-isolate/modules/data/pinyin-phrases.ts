/** The phrases of pinyin are this bundle's exports: `build/pinyin-dictionaries.ts` puts them here when it is made. */
export {}
