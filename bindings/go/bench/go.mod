module thing/bench

go 1.19

require (
	github.com/mattn/go-sqlite3 v0.0.0
	thing v0.0.0
)

replace thing => ../

replace github.com/mattn/go-sqlite3 => /usr/share/gocode/src/github.com/mattn/go-sqlite3
