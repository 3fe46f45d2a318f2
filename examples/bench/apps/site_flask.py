"""One route in Flask."""

from flask import Flask

app = Flask(__name__)


@app.get("/user/<name>")
def user(name):
    return f"Hello, {name}!"
