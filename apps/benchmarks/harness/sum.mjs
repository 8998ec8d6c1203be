/** A loop as numeric code has it: over any typed array. */
export function sum(numbers) {
  let total = 0;
  for (let index = 0; index < numbers.length; index++) total += numbers[index];
  return total;
}

/** The side of a round that sums so many elements. @param numbers a typed array of them */
export function summing(numbers) {
  numbers.forEach((_, index) => {
    numbers[index] = index;
  });
  const expected = (numbers.length * (numbers.length - 1)) / 2;
  return {
    sum(count) {
      for (let turn = 0; turn < count; turn++)
        if (sum(numbers) !== expected) throw new Error('The sum is wrong');
    },
  };
}
