module thing

go 1.19
