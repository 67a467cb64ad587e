package runserver

// What is said about the address, once there is something to see there.

// announce prints the banner with the first outcome, and a line with each later one.
func (s *server) announce(o *outcome) {
	if s.announced {
		s.console.reloaded(o)
		s.console.remark(s.attachable(o))
		return
	}
	s.announced = true
	s.console.banner(o, s.url(), append(s.remarks(), s.attachable(o)...))
	if s.options.Open {
		s.openBrowser()
	}
}

// remarks are what there is to say about the address.
func (s *server) remarks() []string {
	var lines []string
	if s.secure != nil {
		lines = append(lines, s.secure.remarks...)
	}
	if s.address.network == "unix" {
		lines = append(lines, "curl --unix-socket "+s.address.host+" "+s.scheme()+"://localhost/ asks for a page.")
	}
	lines = append(lines, s.debugRemarks...)
	for _, url := range s.network() {
		lines = append(lines, "Network: "+url)
	}
	if len(s.network()) > 0 {
		lines = append(lines, "To be answered there, others need the address in AllowedHosts.")
	}
	return lines
}

// network is where others find the site.
func (s *server) network() []string {
	var urls []string
	for _, host := range s.address.others() {
		at := s.address
		at.host = host
		urls = append(urls, at.url(s.scheme(), s.listener))
	}
	return urls
}

// url is where a browser finds the site.
func (s *server) url() string { return s.address.url(s.scheme(), s.listener) }

func (s *server) scheme() string {
	if s.secure != nil {
		return "https"
	}
	return "http"
}
