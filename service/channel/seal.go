package channel

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// keyLength is the length of the master key in bytes.
const keyLength = 32

// keyFile is the master key's file in the data directory.
const keyFile = "master.key"

// ErrMasterKey is returned when the master key cannot be read, or is not the one that the stored
// credentials were sealed with.
var ErrMasterKey = errors.New("master key")

// MasterKey seals and opens credentials. It has no method that shows it.
type MasterKey struct{ aead cipher.AEAD }

// LoadMasterKey takes the master key from text (base64 or hexadecimal), else from master.key in dataDir,
// which is made, mode 0600, when there is none, dataDir too. Errors wrap ErrMasterKey and never quote the key.
func LoadMasterKey(dataDir, text string) (*MasterKey, error) {
	if text != "" {
		key, err := decodeKey(text)
		if err != nil {
			return nil, fmt.Errorf("%w in the configuration: %w", ErrMasterKey, err)
		}
		return newMasterKey(key)
	}
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMasterKey, err)
	}
	path := filepath.Join(dataDir, keyFile)
	key, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = createKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMasterKey, err)
	}
	return newMasterKey(key)
}

func newMasterKey(key []byte) (*MasterKey, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMasterKey, err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMasterKey, err)
	}
	return &MasterKey{aead}, nil
}

// decodeKey reads 32 bytes as hexadecimal or as base64 in any of its forms.
func decodeKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	if b, err := hex.DecodeString(text); err == nil && len(b) == keyLength {
		return b, nil
	}
	bare := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	if b, err := base64.RawStdEncoding.DecodeString(bare); err == nil && len(b) == keyLength {
		return b, nil
	}
	return nil, fmt.Errorf("it must be %d bytes as 64 hexadecimal digits or as base64; make one with: openssl rand -hex %d", keyLength, keyLength)
}

func readKey(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := decodeKey(string(b))
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	return key, nil
}

// createKey writes a new key so that the file is never seen half-written; of two who race both get the
// key of the first.
func createKey(path string) ([]byte, error) {
	key := make([]byte, keyLength)
	rand.Read(key)
	tmp, err := os.CreateTemp(filepath.Dir(path), keyFile+".*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(hex.EncodeToString(key) + "\n")
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return readKey(path)
		}
		// A file system without hard links: give up the guard against a race, not the key.
		if err := os.Rename(tmp.Name(), path); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// seal encrypts secret for the record that owner names: nonce, then ciphertext.
func (k *MasterKey) seal(owner, secret string) []byte {
	nonce := make([]byte, k.aead.NonceSize(), k.aead.NonceSize()+len(secret)+k.aead.Overhead())
	rand.Read(nonce)
	return k.aead.Seal(nonce, nonce, []byte(secret), []byte(owner))
}

// open reverses seal. It fails for another key, another owner, and bytes that were changed.
func (k *MasterKey) open(owner string, sealed []byte) (string, error) {
	n := k.aead.NonceSize()
	if len(sealed) < n+k.aead.Overhead() {
		return "", errors.New("sealed secret is too short")
	}
	plain, err := k.aead.Open(nil, sealed[:n], sealed[n:], []byte(owner))
	if err != nil {
		return "", errors.New("sealed secret does not open: wrong master key or damaged data")
	}
	return string(plain), nil
}
