def draw(d,c):
    pass
def movie(d,c):
    return None
