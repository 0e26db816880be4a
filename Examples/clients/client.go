// A client of Clavero in Go with nothing but the standard library: it logs in and issues one command.
//
//	go run client.go alice ENCRYPT TO=bob,carol <message >sealed
//	go run client.go bob DECRYPT <sealed >message
//	go run client.go - VERIFY TOKEN= <token
//
// The first word is the account, or - to issue the command without a log-in. Standard input is the last argument.
// CLAVERO_HOST and CLAVERO_PORT name the proxy: 127.0.0.1 and 6000, unless they are set. The connection is encrypted if
// CLAVERO_CA names a file of trusted certificates, and always to another machine. The password is the first line of the
// file that CLAVERO_PASSWORD_FILE names.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const (
	maxLine = 8192     // bytes of a line of a reply, with its end
	maxBody = 32 << 20 // bytes of a literal in a reply
)

var (
	// The code, "-" if more lines follow, and the text after any enhanced code.
	replyLine   = regexp.MustCompile(`^([2-5][0-9]{2})([ -])(?:[245]\.[0-9]+\.[0-9]+ )?(.*)\r\n$`)
	literalMark = regexp.MustCompile(`(?:^| )\{([0-9]+)\}$`)
)

// A Reply is the server's answer to a request.
type Reply struct {
	Code int
	Text string
	Body []byte // nil, unless the reply ends in a literal
}

// A Client is a session with a server.
type Client struct {
	conn   net.Conn
	reader *bufio.Reader
}

// Dial connects to a server, and encrypts the connection if authorities names a file or host is another machine.
func Dial(host, port, authorities string) (*Client, error) {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(host, port), time.Minute)
	if err != nil {
		return nil, err
	}
	client := &Client{conn, bufio.NewReaderSize(conn, maxLine)}
	_, err = client.receive()
	isLocal := host == "localhost" || net.ParseIP(host).IsLoopback()
	if err == nil && (authorities != "" || !isLocal) {
		err = client.startTLS(host, authorities)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return client, nil
}

func (client *Client) startTLS(host, authorities string) error {
	config := &tls.Config{ServerName: host, NextProtos: []string{"clavero"}}
	if authorities != "" {
		pem, err := os.ReadFile(authorities)
		if err != nil {
			return err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("%s contains no certificate", authorities)
		}
	}
	if _, err := client.Request("STARTTLS", nil); err != nil {
		return err
	}
	if client.reader.Buffered() > 0 {
		return errors.New("something follows the reply to STARTTLS")
	}
	client.conn = tls.Client(client.conn, config)
	client.reader = bufio.NewReaderSize(client.conn, maxLine)
	return nil
}

// Close ends the session.
func (client *Client) Close() error {
	return client.conn.Close()
}

// Request sends a request and returns the reply. An argument that is not nil is sent as a literal at the end of the
// line, so it may contain any bytes. A refusal is an error.
func (client *Client) Request(line string, argument []byte) (Reply, error) {
	if strings.IndexFunc(line, unicode.IsControl) >= 0 {
		return Reply{}, errors.New("a request is one line")
	}
	if argument != nil {
		line += fmt.Sprintf("{%d}", len(argument))
	}
	if _, err := io.WriteString(client.conn, line+"\r\n"); err != nil {
		return Reply{}, err
	}
	reply, err := client.receive()
	if err != nil || argument == nil || reply.Code != 354 {
		return reply, err
	}
	message := net.Buffers{argument, []byte("\r\n")}
	if _, err := message.WriteTo(client.conn); err != nil {
		return Reply{}, err
	}
	return client.receive()
}

func (client *Client) receive() (Reply, error) {
	var texts []string
	for {
		line, err := client.reader.ReadSlice('\n')
		if err != nil {
			return Reply{}, fmt.Errorf("the connection was lost: %w", err)
		}
		parts := replyLine.FindStringSubmatch(string(line))
		if parts == nil {
			return Reply{}, fmt.Errorf("%q is no reply", line)
		}
		text := parts[3]
		if parts[2] == "-" {
			texts = append(texts, text)
			continue
		}
		var reply Reply
		if reply.Code, err = strconv.Atoi(parts[1]); err != nil {
			return Reply{}, err
		}
		if mark := literalMark.FindStringSubmatchIndex(text); mark != nil {
			if reply.Body, err = client.literal(text[mark[2]:mark[3]]); err != nil {
				return Reply{}, err
			}
			text = text[:mark[0]]
		}
		reply.Text = strings.Join(append(texts, text), "\n")
		if reply.Code >= 400 {
			return reply, fmt.Errorf("%d %s", reply.Code, reply.Text)
		}
		return reply, nil
	}
}

// literal reads a literal, and the line end after it.
func (client *Client) literal(digits string) ([]byte, error) {
	length, err := strconv.Atoi(digits)
	if err != nil || length > maxBody {
		return nil, fmt.Errorf("a literal of %s bytes is too large", digits)
	}
	body := make([]byte, length+len("\r\n"))
	if _, err := io.ReadFull(client.reader, body); err != nil {
		return nil, fmt.Errorf("the connection was lost: %w", err)
	}
	return body[:length], nil
}

func run(user, line string) error {
	host, port := os.Getenv("CLAVERO_HOST"), os.Getenv("CLAVERO_PORT")
	if host == "" {
		host = "127.0.0.1"
	}
	if port == "" {
		port = "6000"
	}
	client, err := Dial(host, port, os.Getenv("CLAVERO_CA"))
	if err != nil {
		return err
	}
	defer client.Close()
	if user != "-" {
		content, err := os.ReadFile(os.Getenv("CLAVERO_PASSWORD_FILE"))
		if err != nil {
			return fmt.Errorf("CLAVERO_PASSWORD_FILE: %w", err)
		}
		password, _, _ := bytes.Cut(content, []byte("\n"))
		if _, err := client.Request("LOGIN "+user+" ", password); err != nil {
			return err
		}
	}
	argument, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	if strings.HasSuffix(line, "=") {
		argument = bytes.TrimSpace(argument)
	} else {
		line += " "
	}
	reply, err := client.Request(line, argument)
	if err != nil {
		return err
	}
	if reply.Body == nil {
		fmt.Println(reply.Text)
		return nil
	}
	if reply.Text != "" {
		fmt.Fprintln(os.Stderr, reply.Text)
	}
	_, err = os.Stdout.Write(reply.Body)
	return err
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: client.go account VERB [word ...] <argument")
		os.Exit(64)
	}
	if err := run(os.Args[1], strings.Join(os.Args[2:], " ")); err != nil {
		fmt.Fprintln(os.Stderr, "client.go:", err)
		os.Exit(1)
	}
}
