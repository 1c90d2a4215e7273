/** Which keys of an object are names of fields, and may be kept, and which are data: ids, addresses, dates, file names. */

const fieldCharactersMax = 48;
const digitsMax = 4;

/** By its look alone: what changes from object to object shows only over several of them. */
export function isFieldName(key: string): boolean {
  if (key.length > fieldCharactersMax || key === '__proto__') return false;
  if (!/^[@$_]*\p{L}[\p{L}\p{N}_$:-]*$/u.test(key)) return false;
  if (key.replace(/\P{N}/gu, '').length > digitsMax) return false;
  // `U024BE7LH`, `DEADBEEF01`, `c0ffee`: ids.
  const isId = /^(?=.*\d)[A-Z\d]{6,}$/.test(key) || /^(?=.*\d)[a-f\d]{6,}$/.test(key);
  return !isId && !/^[a-f\d]{16,}$/i.test(key);
}
