/** How many prime numbers are in a range, `to` not included: by dividing, so that it takes a while. */
export function countPrimes(from: number, to: number): number {
  let count = 0;
  for (let n = from; n < to; n++) if (isPrime(n)) count++;
  return count;
}

function isPrime(n: number): boolean {
  if (n < 4) return n > 1;
  if (n % 2 === 0 || n % 3 === 0) return false;
  for (let divisor = 5; divisor * divisor <= n; divisor += 6) {
    if (n % divisor === 0 || n % (divisor + 2) === 0) return false;
  }
  return true;
}

/** The same for all numbers below `limit`, by another way: the sieve of Eratosthenes, of odd numbers. */
export function sievePrimes(limit: number): number {
  const isComposite = new Uint8Array(limit >> 1);
  let count = limit > 2 ? 1 : 0;
  for (let half = 1; half < isComposite.length; half++) {
    if (isComposite[half] === 1) continue;
    count++;
    const prime = 2 * half + 1;
    for (let multiple = (prime * prime - 1) / 2; multiple < isComposite.length; multiple += prime) {
      isComposite[multiple] = 1;
    }
  }
  return count;
}
