module benchtraffic

go 1.26
