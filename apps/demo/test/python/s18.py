from multiprocessing import Array, Value

BITS = dict(b=8, B=8, h=16, H=16, i=32, I=32, l=64, L=64, q=64, Q=64)

for code, bits in BITS.items():
    least = -(2 ** (bits - 1)) if code.islower() else 0
    most = least + 2**bits - 1
    value, array = Value(code, least), Array(code, [least, most])
    first = value.value
    value.value = most
    top = value.value
    value.value += 1
    print(code, first, top, *array[:], value.value)
for code in "fd":
    value, array = Value(code, 0.1), Array(code, [0.1, -1.5])
    print(code, value.value, *array[:])
value, array = Value("c", b"x"), Array("c", b"a\xff")
print("c", value.value.decode(), array[0].decode(), ord(array[1]))
value, array = Value("u", "x"), Array("u", "a\U0010ffff")
print("u", value.value, array[0], ord(array[1]))
