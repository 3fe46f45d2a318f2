package python

func find(dir, arg string, getenv Getenv) (Found, error) {
	return Found{}, &NotFoundError{What: "no application was found"}
}
