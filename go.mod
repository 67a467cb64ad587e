module gostart

go 1.26
