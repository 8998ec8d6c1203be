def produce(numbers):
    for i in range(5):
        numbers.append(i)
        yield i


numbers = []
producer = produce(numbers)
try:
    while True:
        next(producer)
        while numbers:
            print(numbers.pop())
except StopIteration:
    print("StopIteration")
