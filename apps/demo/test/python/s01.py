from time import sleep


def music(title):
    for _ in range(2):
        print(f"listen music  {title}.")
        sleep(0.1)


def movie(title):
    for _ in range(2):
        print(f"watch movie!  {title}.")
        sleep(0.5)


if __name__ == "__main__":
    music("trouble is a friend")
    movie("变形金刚")
    print("all over")
