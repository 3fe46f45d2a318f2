package python

// Found is an application.
type Found struct {
	Plan        Plan
	Description string // "app:app", "the Django project mysite"
	Why         string // "app.py is here", "FLASK_APP in .flaskenv"
	Tried       []Attempt
}

// FindApp finds the application that arg names, seen from the folder dir; with no arg it looks for one.
//
// arg is `module:name`, `module:factory("literal", key=1)`, a module, a file (`app.py`, `pkg/app.py:name`), an ini file
// of PasteDeploy (`development.ini#main`), a folder, or a Go package (`./cmd/site`). The error is a *[NotFoundError].
func FindApp(dir, arg string, getenv Getenv) (Found, error) {
	return find(dir, arg, getenv)
}
