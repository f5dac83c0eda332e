// A redis-server for Argo CD in the tests, where none is installed: `redis-server --port PORT ...`, other flags unread.
package main

import (
	"flag"
	"log"
	"net"
	"os"

	"github.com/alicebob/miniredis/v2"
)

func main() {
	flags := flag.NewFlagSet("redis-server", flag.ExitOnError)
	port := flags.String("port", "6379", "")
	bind := flags.String("bind", "127.0.0.1", "")
	flags.String("save", "", "")
	flags.Parse(os.Args[1:])
	if err := miniredis.NewMiniRedis().StartAddr(net.JoinHostPort(*bind, *port)); err != nil {
		log.Fatal(err)
	}
	select {}
}
