package sandbox

import (
	"net/url"
	"slices"
	"strings"
)

// fetchedThumbprint is the one that a provider gets which is made without:
// IAM fetches that of the top intermediate CA of the issuer's certificate. The
// sandbox calls nobody.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
const fetchedThumbprint = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280"

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
func (c *call) createProvider() (any, error) {
	issuer, err := issuerOf(c.params.text("Url"))
	if err != nil {
		return nil, err
	}
	if _, taken := c.account.Providers[issuer]; taken {
		return nil, fail(entityAlreadyExists, "Provider with url https://%s already exists.", issuer)
	}
	if most := c.quotas().Providers; len(c.account.Providers) >= most {
		return nil, exceeded("OpenIdConnectProvidersPerAccount", most)
	}
	p := provider{ARN: c.arn("oidc-provider/" + issuer), URL: issuer, Created: c.now, ClientIDs: []string{}}
	for _, id := range c.params.list("ClientIDList") {
		if !slices.Contains(p.ClientIDs, id) {
			p.ClientIDs = append(p.ClientIDs, id)
		}
	}
	if len(p.ClientIDs) > maxClientIDs {
		return nil, exceeded("ClientIdsPerOpenIdConnectProvider", maxClientIDs)
	}
	p.Thumbprints = []string{fetchedThumbprint}
	if sent := c.params.list("ThumbprintList"); len(sent) > 0 {
		if p.Thumbprints, err = thumbprints(sent); err != nil {
			return nil, err
		}
	}
	sent := c.params.tags()
	if p.Tags, err = newTags(sent, otherTags); err != nil {
		return nil, err
	}
	if err := put(c, tableProviders, issuer, p); err != nil {
		return nil, err
	}
	answer := struct {
		OpenIDConnectProviderArn string
		Tags                     *list[tagXML] `xml:",omitempty"`
	}{OpenIDConnectProviderArn: p.ARN}
	if len(sent) > 0 {
		answer.Tags = &list[tagXML]{}
		for _, t := range sent { // in the order of the request
			answer.Tags.Members = append(answer.Tags.Members, tagXML(t))
		}
	}
	return answer, nil
}

// issuerOf is an issuer's URL without its scheme. IAM takes https alone, no
// query and no fragment; it strips the port 443 and keeps everything else as
// it is, letter case and trailing slash too (observed).
func issuerOf(text string) (string, error) {
	issuer, ok := strings.CutPrefix(text, "https://")
	u, err := url.Parse(text)
	if !ok || err != nil || u.Host == "" || u.User != nil || strings.ContainsFunc(text, notInURL) {
		return "", fail(validationError, "Invalid Open ID Connect Provider URL")
	}
	if strings.ContainsAny(issuer, "?#") {
		return "", fail(invalidInput, "Unknown") // IAM's own words
	}
	switch port := u.Port(); {
	case port == "443":
		issuer = u.Hostname() + strings.TrimPrefix(issuer, u.Host)
	case u.Host != u.Hostname():
		return "", fail(validationError, "Invalid Open ID Connect Provider URL")
	}
	return issuer, nil
}

func notInURL(r rune) bool { return r <= ' ' || r > '~' }

// thumbprints are stored in lower case, repeated ones too (observed).
func thumbprints(sent []string) ([]string, error) {
	if len(sent) == 0 {
		return nil, fail(invalidInput, "Thumbprint list must contain at least one entry.")
	}
	if len(sent) > maxThumbprints {
		return nil, fail(invalidInput, "Thumbprint list must contain fewer than %d entries.", maxThumbprints)
	}
	all := make([]string, len(sent))
	for i, t := range sent {
		all[i] = strings.ToLower(t)
	}
	return all, nil
}

// provider is the provider that a request names by its ARN, which must be of
// the account.
func (c *call) provider() (provider, error) {
	arn := c.params.text("OpenIDConnectProviderArn")
	_, issuer, ok := strings.Cut(arn, ":oidc-provider/")
	if !ok || !strings.HasPrefix(arn, "arn:") {
		return provider{}, fail(invalidInput, "Invalid ARN: %s", arn)
	}
	p, ok := c.account.Providers[issuer]
	if !ok || p.ARN != arn {
		return provider{}, fail(noSuchEntity, "OpenIDConnect Provider not found for arn %s", arn)
	}
	p.ClientIDs = slices.Clone(p.ClientIDs)
	return p, nil
}

func (c *call) putProvider(p provider) error { return put(c, tableProviders, p.URL, p) }

func (c *call) getProvider() (any, error) {
	p, err := c.provider()
	if err != nil {
		return nil, err
	}
	answer := struct {
		Url            string
		CreateDate     string
		ClientIDList   list[string]
		ThumbprintList list[string]
		Tags           *list[tagXML] `xml:",omitempty"`
	}{p.URL, date(p.Created), list[string]{p.ClientIDs}, list[string]{p.Thumbprints}, nil}
	if len(p.Tags) > 0 {
		answer.Tags = &list[tagXML]{tagsXML(p.Tags)}
	}
	return answer, nil
}

// listProviders is the one list that is not paged; it has ARNs alone.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html
func (c *call) listProviders() (any, error) {
	type arnXML struct{ Arn string }
	var answer struct{ OpenIDConnectProviderList list[arnXML] }
	for _, issuer := range sorted(c.account.Providers) {
		answer.OpenIDConnectProviderList.Members = append(answer.OpenIDConnectProviderList.Members, arnXML{c.account.Providers[issuer].ARN})
	}
	return answer, nil
}

// addClientID succeeds for an id that is there already.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html
func (c *call) addClientID() (any, error) {
	p, err := c.provider()
	if err != nil {
		return nil, err
	}
	id := c.params.text("ClientID")
	if slices.Contains(p.ClientIDs, id) {
		return nil, nil
	}
	if len(p.ClientIDs) >= maxClientIDs {
		return nil, exceeded("ClientIdsPerOpenIdConnectProvider", maxClientIDs)
	}
	p.ClientIDs = append(p.ClientIDs, id)
	return nil, c.putProvider(p)
}

// removeClientID succeeds for an id that is not there.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html
func (c *call) removeClientID() (any, error) {
	p, err := c.provider()
	if err != nil {
		return nil, err
	}
	i := slices.Index(p.ClientIDs, c.params.text("ClientID"))
	if i < 0 {
		return nil, nil
	}
	p.ClientIDs = slices.Delete(p.ClientIDs, i, i+1)
	return nil, c.putProvider(p)
}

// updateThumbprint replaces the whole list.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html
func (c *call) updateThumbprint() (any, error) {
	p, err := c.provider()
	if err != nil {
		return nil, err
	}
	if p.Thumbprints, err = thumbprints(c.params.list("ThumbprintList")); err != nil {
		return nil, err
	}
	return nil, c.putProvider(p)
}

func (c *call) tagProvider() (any, error) {
	p, err := c.provider()
	if err != nil {
		return nil, err
	}
	if p.Tags, err = otherTags.add(p.Tags, c.params.tags()); err != nil {
		return nil, err
	}
	return nil, c.putProvider(p)
}

func (c *call) untagProvider() (any, error) {
	p, err := c.provider()
	if err != nil {
		return nil, err
	}
	if p.Tags, err = otherTags.without(p.Tags, c.params.list("TagKeys")); err != nil {
		return nil, err
	}
	return nil, c.putProvider(p)
}

func (c *call) listProviderTags() (any, error) {
	p, err := c.provider()
	if err != nil {
		return nil, err
	}
	return c.tagPage(p.Tags)
}

// deleteProvider asks nothing of the roles that trust the provider. A second
// delete is NoSuchEntity, though the API reference calls it idempotent (observed).
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html
func (c *call) deleteProvider() (any, error) {
	p, err := c.provider()
	if err != nil {
		return nil, err
	}
	return nil, drop(c, tableProviders, p.URL)
}
