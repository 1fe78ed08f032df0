// Prints an invoice that the page server renders: go run invoice.go http://127.0.0.1:3000
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"
)

type line struct {
	Text  string `json:"text"`
	Cents int    `json:"cents"`
}

type invoice struct {
	Number   int    `json:"number"`
	Customer string `json:"customer"`
	Lines    []line `json:"lines"`
}

func render(server, route string, props any) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"props": props})
	if err != nil {
		return nil, err
	}
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Post(server+"/v1/pages/"+route, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, text)
	}
	return text, err
}

func main() {
	lines := []line{{"Tea", 450}, {"Kettle", 3900}}
	html, err := render(os.Args[1], "invoice", invoice{7, "Ada & Co", lines})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(html))
}
